/**
 * YAML as Kubernetes reads and writes it: another way to spell JSON. Apart from the rest of the schema package because
 * most programs never load it.
 *
 * @example
 * import { formatYaml, parseYamlDocuments } from '@trireme/schema/yaml';
 *
 * for (const { value } of parseYamlDocuments('kind: Pod\n---\nkind: Service\n')) console.log(formatYaml(value));
 */
export { formatYaml } from './format-yaml.ts';
export { parseYaml, parseYamlDocuments } from './parse-yaml.ts';
export { YamlSyntaxError } from './yaml-syntax-error.ts';
