/** What `create-cluster` was not told, asked at the terminal, as users of PKS know it. */
import { createInterface } from 'node:readline';
import { InputError } from '../errors.ts';

export interface Named {
  readonly name: string | undefined;
  readonly externalHostname: string | undefined;
}

/**
 * The name is needed, the external hostname is not: without a terminal it is left out, and where it would have no effect
 * (`takesHostname`) it is not asked for. Throws InputError.
 */
export async function askForMissing(
  { name, externalHostname }: Named,
  takesHostname: boolean,
  input = process.stdin,
): Promise<{ readonly name: string; readonly externalHostname: string | undefined }> {
  const asksForHostname = input.isTTY && takesHostname && externalHostname === undefined;
  if (name !== undefined && !asksForHostname) return { name, externalHostname };
  if (!input.isTTY) throw new InputError('the name of the cluster is missing: kubectl steward create-cluster NAME');
  // stdout is for the object.
  const terminal = createInterface({ input, output: process.stderr });
  const lines = terminal[Symbol.asyncIterator]();
  const answer = async (question: string): Promise<string> => {
    process.stderr.write(question);
    // The end of the input is an empty answer.
    const { value, done } = await lines.next();
    return done === true ? '' : value.trim();
  };
  try {
    const called = name ?? (await answer('Name of the cluster: '));
    if (called === '') throw new InputError('a cluster needs a name');
    const host = asksForHostname ? await answer('External hostname (empty for none): ') : externalHostname;
    return { name: called, externalHostname: said(host) };
  } finally {
    terminal.close();
  }
}

function said(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
