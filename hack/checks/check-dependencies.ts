/**
 * Asks the package registry for known vulnerabilities of the production dependencies, for `make verify`. The exit code is 0
 * when it knows no serious one, 1 when it does, and NOT_CHECKED when it gave no answer: offline, or a mirror without audits.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import * as z from 'zod';

/** EX_TEMPFAIL of sysexits.h: the check could not run. */
export const NOT_CHECKED = 75;

/** The severities that fail the check. Others are only shown. */
const SERIOUS = ['high', 'critical'] as const;

const report = z.object({
  auditReportVersion: z.number(),
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), range: z.string() })),
  metadata: z.object({ vulnerabilities: z.record(z.string(), z.number()) }),
});

export interface AuditResult {
  readonly code: 0 | 1 | typeof NOT_CHECKED;
  readonly text: string;
}

/** Interprets the output of `npm audit --json`. Only a complete report counts as an answer. */
export function auditResult(output: string): AuditResult {
  const parsed = report.safeParse(jsonOf(output));
  if (!parsed.success) return { code: NOT_CHECKED, text: `the registry gave no audit report${reasonIn(output)}` };
  const found = Object.entries(parsed.data.vulnerabilities).map(
    ([name, { severity, range }]) => `${severity.padEnd(8)} ${name} ${range}`,
  );
  const isSerious = SERIOUS.some((severity) => (parsed.data.metadata.vulnerabilities[severity] ?? 0) > 0);
  return { code: isSerious ? 1 : 0, text: found.sort().join('\n') };
}

const refusal = z.object({ statusCode: z.number() });
const failure = z.object({ error: z.object({ code: z.string() }) });

/** Returns the status or error code alone, because npm's messages name the registry. */
function reasonIn(output: string): string {
  const json = jsonOf(output);
  const [refused, failed] = [refusal.safeParse(json), failure.safeParse(json)];
  if (refused.success) return ` (HTTP ${refused.data.statusCode})`;
  return failed.success ? ` (${failed.data.error.code})` : '';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const args = ['audit', '--omit=dev', '--audit-level=high', '--json', '--fetch-retries=0', '--fetch-timeout=20000'];
  const { stdout } = spawnSync('npm', args, { cwd: path.join(import.meta.dirname, '../..'), encoding: 'utf8' });
  const { code, text } = auditResult(stdout ?? '');
  if (text !== '') console.log(text);
  process.exitCode = code;
}
