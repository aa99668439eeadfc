/** Lets a kube-apiserver write an audit log. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dump } from 'js-yaml';

export interface Audit {
  /** The file that the kube-apiserver writes. */
  readonly log: string;
  readonly apiserverArgs: readonly string[];
}

/** Writes an audit policy with these rules below `directory`. Returns the arguments for the kube-apiserver. */
export async function prepareAudit(directory: string, rules: readonly object[]): Promise<Audit> {
  const policy = path.join(directory, 'audit.yaml');
  const log = path.join(directory, 'audit.log');
  const content = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules };
  await writeFile(policy, dump(content));
  return { log, apiserverArgs: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`] };
}
