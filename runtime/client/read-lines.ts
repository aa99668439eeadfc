/** Splits a stream of bytes into lines. Joins bytes before it decodes them, because a character may span two chunks. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      rest.push(chunk.subarray(from, end));
      const line = Buffer.concat(rest).toString('utf8');
      rest = [];
      from = end + 1;
      if (line !== '') yield line;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  // A last line without a newline was cut off. Drop it: the next watch starts before it.
}
