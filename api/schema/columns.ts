/** Columns of `kubectl get` that several kinds share. */
import type { PrinterColumn } from './define-kind.ts';

export const TENANT: PrinterColumn = { name: 'Tenant', type: 'string', jsonPath: '.spec.tenantID' };
export const PROJECT: PrinterColumn = { name: 'Project', type: 'string', jsonPath: '.spec.projectID' };
export const RULES: PrinterColumn = { name: 'Rules', type: 'integer', jsonPath: '.status.rules' };
export const READY: PrinterColumn = {
  name: 'Ready',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
};
export const REASON: PrinterColumn = {
  name: 'Reason',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
  priority: 1,
};
export const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** The last columns of every kind that owns Rules. */
export const OWNER_COLUMNS: readonly PrinterColumn[] = [RULES, READY, REASON, AGE];
