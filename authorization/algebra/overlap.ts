/** Whether two patterns can match the same text. Pure. */
import { foldCase } from '../engine/pattern.ts';

/** `a` and `b` are patterns of policies: `*` matches any run of characters, and letter case does not count. */
export function overlap(a: string, b: string): boolean {
  const [left, right] = [foldCase(a), foldCase(b)];
  // row[j]: whether the rest of `left` from here and the rest of `right` from j can match the same text.
  let row = lastRow(right);
  for (let i = left.length - 1; i >= 0; i--) row = rowFor(left.charAt(i), right, row);
  return row[0] === true;
}

/** The row for an empty rest of the left pattern: only stars match it. */
function lastRow(right: string): boolean[] {
  const row = Array.from({ length: right.length + 1 }, () => true);
  for (let j = right.length - 1; j >= 0; j--) row[j] = right.charAt(j) === '*' && row[j + 1] === true;
  return row;
}

function rowFor(character: string, right: string, below: readonly boolean[]): boolean[] {
  const row: boolean[] = [...below];
  row[right.length] = character === '*' && below[right.length] === true;
  for (let j = right.length - 1; j >= 0; j--) {
    const other = right.charAt(j);
    // A star matches nothing, or one more character of the other side.
    if (character === '*' || other === '*') row[j] = below[j] === true || row[j + 1] === true;
    else row[j] = character === other && below[j + 1] === true;
  }
  return row;
}
