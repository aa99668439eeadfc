/** Asks at the terminal for what `create-cluster` was not given, as `pks create-cluster` does. */
import { createInterface } from 'node:readline';
import { InputError } from '../errors.ts';

export interface GivenNames {
  readonly name: string | undefined;
  readonly externalHostname: string | undefined;
}

/**
 * The name is required, the external hostname is optional. Without a terminal nothing is asked. `takesHostname` is
 * false for a provider on which a hostname has no effect. Throws InputError if there is no name.
 */
export async function askForMissing(
  { name, externalHostname }: GivenNames,
  takesHostname: boolean,
  input = process.stdin,
): Promise<{ readonly name: string; readonly externalHostname: string | undefined }> {
  const asksForHostname = input.isTTY && takesHostname && externalHostname === undefined;
  if (name !== undefined && !asksForHostname) return { name, externalHostname };
  if (!input.isTTY) throw new InputError('the name of the cluster is missing: kubectl steward create-cluster NAME');
  // Standard output is for the object.
  const terminal = createInterface({ input, output: process.stderr });
  const lines = terminal[Symbol.asyncIterator]();
  // An empty answer, or the end of the input, is none.
  const ask = async (question: string): Promise<string | undefined> => {
    process.stderr.write(question);
    const { value, done } = await lines.next();
    return done === true ? undefined : value.trim() || undefined;
  };
  try {
    const answeredName = name ?? (await ask('Name of the cluster: '));
    if (answeredName === undefined) throw new InputError('a cluster needs a name');
    const hostname = asksForHostname ? await ask('External hostname (leave empty for none): ') : externalHostname;
    return { name: answeredName, externalHostname: hostname };
  } finally {
    terminal.close();
  }
}
