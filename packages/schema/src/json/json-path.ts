/** Object keys and array indices, from the root. */
export type JsonPath = readonly (string | number)[];

/** 'spec.containers[0].name', the form that decoding and validation errors use. */
export function formatJsonPath(path: JsonPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}
