/** The name that clients know a type by: 'io.k8s.api.core.v1.Pod'. Custom types bring their whole name as their id. */
export function componentName(typeId: string): string {
  return /^(?:api|apimachinery|apiextensions-apiserver|kube-aggregator)\./.test(typeId) ? `io.k8s.${typeId}` : typeId;
}

/** '/api/v1', '/apis/apps/v1'. */
export function groupVersionPath(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** 'core_v1', 'rbacAuthorization_v1': what groups operations in generated clients. */
export function operationTag(group: string, version: string): string {
  const [first = 'core', ...rest] = group === '' ? ['core'] : group.replace(/\.k8s\.io$/, '').split('.');
  return `${first}${rest.map(capital).join('')}_${version}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
