/**
 * Known vulnerabilities of what runs in production, as the package registry tells them: in, nothing; out, exit code 0
 * (asked, none found), 1 (found) or NOT_CHECKED (nobody could be asked: offline, or a mirror that has no audit).
 * `make verify` calls it.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import * as z from 'zod';

/** EX_TEMPFAIL of sysexits.h: neither good nor bad. */
export const NOT_CHECKED = 75;

/** Below these a finding is shown, and fails nothing. */
const GRAVE = ['high', 'critical'] as const;

const report = z.object({
  auditReportVersion: z.number(),
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), range: z.string() })),
  metadata: z.object({ vulnerabilities: z.record(z.string(), z.number()) }),
});

export interface Verdict {
  readonly code: 0 | 1 | typeof NOT_CHECKED;
  readonly text: string;
}

/** What `npm audit --json` printed → the verdict. Only a full report counts as an answer. */
export function verdictOf(output: string): Verdict {
  const parsed = report.safeParse(jsonOf(output));
  if (!parsed.success) return { code: NOT_CHECKED, text: `the registry gave no audit report${reasonIn(output)}` };
  const found = Object.entries(parsed.data.vulnerabilities).map(
    ([name, { severity, range }]) => `${severity.padEnd(8)} ${name} ${range}`,
  );
  const grave = GRAVE.some((severity) => (parsed.data.metadata.vulnerabilities[severity] ?? 0) > 0);
  return { code: grave ? 1 : 0, text: found.sort().join('\n') };
}

const refusal = z.object({ statusCode: z.number() });
const failure = z.object({ error: z.object({ code: z.string() }) });

/** The status or code alone: messages name the registry. */
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
  const { stdout } = spawnSync('npm', args, { cwd: path.dirname(import.meta.dirname), encoding: 'utf8' });
  const { code, text } = verdictOf(stdout ?? '');
  if (text !== '') console.log(text);
  process.exitCode = code;
}
