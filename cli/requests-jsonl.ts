/** Reads requests from a file: one JSON object `{"sub","dom","obj","act"}` per line. Blank lines are skipped. */
import * as z from 'zod';
import type { Request } from '../authorization/engine/decide.ts';
import { InputError } from './errors.ts';
import { readTextFile } from './text-file.ts';

const requestLine = z.object({ sub: z.string(), dom: z.string(), obj: z.string(), act: z.string() });

/** The requests in the order of the file. Throws InputError, which names the file, the line and the reason. */
export function readRequestsJsonl(file: string): Request[] {
  return readTextFile(file)
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : [readRequest(line, `${file}:${i + 1}`)]));
}

function readRequest(line: string, at: string): Request {
  const result = requestLine.safeParse(parseJson(line, at));
  if (result.success) {
    const { sub, dom, obj, act } = result.data;
    return { subjects: [sub], domain: dom, object: obj, action: act };
  }
  const problems = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new InputError(`${at}: ${problems.join('; ')}`);
}

function parseJson(line: string, at: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new InputError(`${at}: not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
