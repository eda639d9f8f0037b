import {
  AttributeTypeAndValue,
  AttributeValue,
  GeneralName,
  Name,
  RelativeDistinguishedName,
} from '@peculiar/asn1-x509';

/** Who a certificate speaks for. Kubernetes reads the user from the common name and the groups from the organizations. */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** Where a serving certificate is valid. */
export interface AlternativeNames {
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
}

const commonNameOid = '2.5.4.3';
const organizationOid = '2.5.4.10';

export function nameOf(subject: Subject): Name {
  const part = (type: string, text: string): RelativeDistinguishedName =>
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String: text }) }),
    ]);
  return new Name([
    ...(subject.organizations ?? []).map((organization) => part(organizationOid, organization)),
    part(commonNameOid, subject.commonName),
  ]);
}

export function subjectOf(name: Name): Subject {
  let commonName = '';
  const organizations: string[] = [];
  for (const relative of name) {
    for (const { type, value } of relative) {
      if (type === commonNameOid) commonName = value.toString();
      if (type === organizationOid) organizations.push(value.toString());
    }
  }
  return { commonName, organizations };
}

export function generalNames(names: AlternativeNames): GeneralName[] {
  return [
    ...(names.dns ?? []).map((dNSName) => new GeneralName({ dNSName })),
    ...(names.ips ?? []).map((iPAddress) => new GeneralName({ iPAddress })),
  ];
}

export function alternativeNamesOf(names: Iterable<GeneralName>): AlternativeNames {
  const dns: string[] = [];
  const ips: string[] = [];
  for (const name of names) {
    if (name.dNSName) dns.push(name.dNSName);
    if (name.iPAddress) ips.push(name.iPAddress);
  }
  return { dns, ips };
}
