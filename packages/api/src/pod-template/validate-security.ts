import { type FieldPath, fieldErrors } from '@trireme/api-machinery';
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from '@trireme/schema/types/core/v1';
import { type Findings, mustBeId, mustBeOneOf, mustBeOneOfIfSet, mustDescend } from '../field-rules.ts';

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const sysctlForm = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const wholeSysctl = new RegExp(`^${sysctlForm}$`);
const maxSysctlLength = 253;

function* validateSeccomp(profile: SeccompProfile | undefined, path: FieldPath): Findings {
  if (!profile) return;
  if (!profile.type) {
    yield fieldErrors.required(path.child('type'), 'type is required when seccompProfile is set');
  } else yield* mustBeOneOf(path.child('type'), profile.type, profileTypes);
  const local = profile.localhostProfile;
  if (profile.type === 'Localhost') {
    if (local === undefined) {
      yield fieldErrors.required(path.child('localhostProfile'), 'must be set when seccomp type is Localhost');
    } else yield* mustDescend(path.child('localhostProfile'), local);
  } else if (local !== undefined) {
    const message = 'can only be set when seccomp type is Localhost';
    yield fieldErrors.invalid(path.child('localhostProfile'), local, message);
  }
}

function* validateAppArmor(profile: AppArmorProfile | undefined, path: FieldPath): Findings {
  if (!profile) return;
  const local = profile.localhostProfile;
  if (profile.type === 'Localhost') {
    if (!local?.trim()) {
      yield fieldErrors.required(path.child('localhostProfile'), 'must be set when AppArmor type is Localhost');
    }
  } else if (profileTypes.includes(profile.type)) {
    if (local !== undefined) {
      const message = 'can only be set when AppArmor type is Localhost';
      yield fieldErrors.invalid(path.child('localhostProfile'), local, message);
    }
  } else if (!profile.type) {
    yield fieldErrors.required(path.child('type'), 'type is required when appArmorProfile is set');
  } else yield fieldErrors.notSupported(path.child('type'), profile.type, profileTypes);
}

/** The security context of one container. */
export function* validateSecurityContext(context: SecurityContext, path: FieldPath): Findings {
  yield* mustBeId(path.child('runAsUser'), context.runAsUser);
  yield* mustBeId(path.child('runAsGroup'), context.runAsGroup);
  yield* mustBeOneOfIfSet(path.child('procMount'), context.procMount, ['Default', 'Unmasked']);
  yield* validateSeccomp(context.seccompProfile, path.child('seccompProfile'));
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged) {
      const message = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
      yield fieldErrors.invalid(path, context, message);
    }
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
      const message = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
      yield fieldErrors.invalid(path, context, message);
    }
  }
  yield* validateAppArmor(context.appArmorProfile, path.child('appArmorProfile'));
}

function* validateSysctls(sysctls: readonly Sysctl[], path: FieldPath): Findings {
  const names = new Set<string>();
  for (const [i, { name }] of sysctls.entries()) {
    const namePath = path.index(i).child('name');
    if (!name) yield fieldErrors.required(namePath);
    else if (name.length > maxSysctlLength || !wholeSysctl.test(name)) {
      const message = `must have at most ${maxSysctlLength} characters and match regex ^${sysctlForm}$`;
      yield fieldErrors.invalid(namePath, name, message);
    } else if (names.has(name)) yield fieldErrors.duplicate(namePath, name);
    names.add(name);
  }
}

/** The security context of a pod, and the fields beside it that must fit. */
export function* validatePodSecurity(context: PodSecurityContext, spec: PodSpec, path: FieldPath): Findings {
  yield* mustBeId(path.child('fsGroup'), context.fsGroup);
  yield* mustBeId(path.child('runAsUser'), context.runAsUser);
  yield* mustBeId(path.child('runAsGroup'), context.runAsGroup);
  for (const [i, group] of (context.supplementalGroups ?? []).entries()) {
    yield* mustBeId(path.child('supplementalGroups').index(i), group);
  }
  if (spec.shareProcessNamespace && spec.hostPID) {
    const message = 'ShareProcessNamespace and HostPID cannot both be enabled';
    yield fieldErrors.invalid(path.child('shareProcessNamespace'), true, message);
  }
  yield* validateSysctls(context.sysctls ?? [], path.child('sysctls'));
  yield* mustBeOneOfIfSet(path.child('fsGroupChangePolicy'), context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']);
  yield* mustBeOneOfIfSet(path.child('seLinuxChangePolicy'), context.seLinuxChangePolicy, ['MountOption', 'Recursive']);
  yield* mustBeOneOfIfSet(path.child('supplementalGroupsPolicy'), context.supplementalGroupsPolicy, [
    'Merge',
    'Strict',
  ]);
  yield* validateSeccomp(context.seccompProfile, path.child('seccompProfile'));
  yield* validateAppArmor(context.appArmorProfile, path.child('appArmorProfile'));
}
