/**
 * The rules that all API objects share, as pure functions: Status errors and field errors in upstream's words, names and
 * metadata, selectors, quantities, conditions and owners, patches, server-side apply, tables, list options. Nothing here
 * performs I/O, asks for the time or changes an object in place.
 *
 * @example
 * import { fieldErrors, fieldPath, parseLabelSelector, parseQuantity, quantityMilliValue, statusErrors } from '@trireme/api-machinery';
 *
 * parseLabelSelector('app in (web, api), !canary').matches({ app: 'web' }); // true
 * quantityMilliValue(parseQuantity('0.5')); // 500
 *
 * const path = fieldPath('spec').child('containers').index(0).child('name');
 * throw statusErrors.invalid({ group: '', kind: 'Pod' }, 'web', [fieldErrors.required(path)]);
 * // StatusError, 422: Pod "web" is invalid: spec.containers[0].name: Required value
 */
export { applyConfiguration } from './apply/apply-configuration.ts';
export {
  emptyFieldSet,
  equalFieldSets,
  type FieldSet,
  fieldPathsOf,
  fieldSetOfPaths,
  hasPath,
  intersectFieldSets,
  subtractFieldSets,
  unionFieldSets,
} from './apply/field-set.ts';
export { fieldPathText, formatFieldsV1, parseFieldsV1 } from './apply/fields-v1.ts';
export { lastAppliedAnnotation } from './apply/last-applied.ts';
export { createShapes, type Shape, untypedShape } from './apply/shape.ts';
export { toFieldSet } from './apply/to-field-set.ts';
export { trackUpdate } from './apply/track-update.ts';
export { type FieldTracking, resetFields } from './apply/tracking.ts';
export {
  aggregateFieldErrors,
  type FieldError,
  type FieldLike,
  fieldErrorBody,
  fieldErrorMessage,
  fieldErrors,
} from './errors/field-error.ts';
export { type FieldPath, fieldPath } from './errors/field-path.ts';
export { goPrint } from './errors/go-print.ts';
export { goQuote } from './errors/go-quote.ts';
export { isStatus, StatusError, type StatusReason } from './errors/status-error.ts';
export {
  type GroupKind,
  type GroupResource,
  groupResourceText,
  optimisticLockMessage,
  statusErrors,
} from './errors/status-errors.ts';
export {
  deletedStatus,
  failedDeletePrecondition,
  failedPrecondition,
  forbiddenText,
  type RefusedRequest,
  statusOf,
} from './errors/status-of.ts';
export { type ContinuePoint, decodeContinue, encodeContinue } from './list/continue-token.ts';
export {
  type ListRevision,
  type ListVersionOptions,
  listRevision,
  parseResourceVersion,
  validateListOptions,
} from './list/list-options.ts';
export {
  validateDeleteOptions,
  validatePatchOptions,
  validateWriteOptions,
  type WriteOptions,
} from './list/request-options.ts';
export {
  createTable,
  type IncludeObject,
  type PartialObjectMetadata,
  type PartialObjectMetadataList,
  parseIncludeObject,
  partialObjectMetadata,
  partialObjectMetadataList,
  type Table,
  type TableCell,
  type TableColumn,
  type TableColumnDefinition,
  type TableRow,
  tableRow,
} from './list/table.ts';
export { ageText, humanDuration } from './meta/human-duration.ts';
export {
  configMapKeyErrors,
  dns1035LabelErrors,
  dnsLabelErrors,
  dnsSubdomainErrors,
  envNameErrors,
  labelValueErrors,
  type ObjectNameRule,
  objectNameErrors,
  pathSegmentErrors,
  portNameErrors,
  portNumberErrors,
  qualifiedNameErrors,
  relaxedEnvNameErrors,
  type TextRule,
} from './meta/names.ts';
export {
  type CreateFacts,
  fillForCreate,
  fillForUpdate,
  generateObjectName,
  safeAlphabet,
  withGeneration,
} from './meta/prepare.ts';
export { microTimeText, parseTime, timeText } from './meta/time-text.ts';
export { validateFieldManager, validateManagedFieldsEntries } from './meta/validate-managed-fields.ts';
export {
  fieldImmutableMessage,
  maxAnnotationsBytes,
  nonNegativeMessage,
  type ObjectMetaRules,
  validateAnnotations,
  validateFinalizers,
  validateImmutable,
  validateLabels,
  validateObjectMeta,
  validateObjectMetaUpdate,
  validateOwnerReferences,
} from './meta/validate-object-meta.ts';
export {
  type ConditionLike,
  getCondition,
  isConditionTrue,
  removeCondition,
  setCondition,
} from './object/conditions.ts';
export { isPercent, scaledValue } from './object/int-or-string.ts';
export {
  controllerOf,
  hasFinalizer,
  isControlledBy,
  newControllerRef,
  objectKey,
  splitObjectKey,
  withAnnotations,
  withFinalizer,
  withLabels,
  withoutFinalizer,
} from './object/owner.ts';
export { semanticEqual } from './object/semantic-equal.ts';
export { canonicalJson, fnv32a, safeEncode, templateHash } from './object/template-hash.ts';
export {
  applyJsonPatch,
  type JsonPatchOperation,
  maxJsonPatchOperations,
} from './patch/json-patch.ts';
export { applyMergePatch } from './patch/merge-patch.ts';
export { type FieldSchema, type PatchSchema, patchSchema, unknownPatchSchema } from './patch/patch-schema.ts';
export { applyStrategicMergePatch } from './patch/strategic-merge-patch.ts';
export { matchesNodeSelector, matchesTerm, nodeMatchesPod } from './placement/node-selection.ts';
export { tolerates, untoleratedTaint } from './placement/tolerations.ts';
export { canonicalQuantity, formatQuantity, roundQuantity } from './quantity/format-quantity.ts';
export { parseQuantity, QuantityError, tryParseQuantity } from './quantity/parse-quantity.ts';
export {
  addQuantities,
  compareQuantities,
  milliQuantity,
  type Quantity,
  type QuantityFormat,
  quantityAsNumber,
  quantityMilliValue,
  quantityOf,
  quantityValue,
  subtractQuantities,
  zeroQuantity,
} from './quantity/quantity.ts';
export {
  addResources,
  exceedingResources,
  formatResources,
  maxResources,
  parseResources,
  type ResourceList,
  type Resources,
  resourceCount,
  subtractResources,
} from './quantity/resource-list.ts';
export {
  anyFields,
  type FieldRequirement,
  type FieldSelector,
  parseFieldSelector,
  unsupportedFieldMessage,
} from './selectors/field-selector.ts';
export { SelectorError } from './selectors/label-parser.ts';
export {
  everything,
  formatLabelSelector,
  type LabelSelector,
  nothing,
  parseLabelSelector,
  selectorOf,
  selectorOfLabels,
  validateLabelSelector,
} from './selectors/label-selector.ts';
export { createRequirement, type LabelOperator, type LabelRequirement, type Labels } from './selectors/requirement.ts';
