/** Prints tables like kubectl: columns padded with spaces, no borders. Pure. */
const GAP = 3;

export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headers.map((header, i) => Math.max(header.length, ...rows.map((row) => (row[i] ?? '').length)));
  return [headers, ...rows]
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd((widths[i] ?? 0) + GAP)))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
