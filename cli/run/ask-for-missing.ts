/** What `create-cluster` was not told, asked at the terminal, as users of PKS know it. */
import { createInterface } from 'node:readline';
import { InputError } from '../errors.ts';

export interface Named {
  readonly name: string | undefined;
  readonly externalHostname: string | undefined;
}

/** The name is needed, the external hostname is not: without a terminal it is left out. Throws InputError. */
export async function askForMissing({ name, externalHostname }: Named, input = process.stdin): Promise<{ readonly name: string; readonly externalHostname: string | undefined }> {
  if (!input.isTTY) {
    if (name === undefined) throw new InputError('the name of the cluster is missing: kubectl steward create-cluster NAME');
    return { name, externalHostname };
  }
  if (name !== undefined && externalHostname !== undefined) return { name, externalHostname };
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
    const host = externalHostname ?? (await answer('External hostname (empty for none): '));
    return { name: called, externalHostname: host === '' ? undefined : host };
  } finally {
    terminal.close();
  }
}
