/** Whether a policy's pattern can match an object whose names are not known yet. Pure. */
import { foldCase } from '../engine/pattern.ts';
import { ANY_NAME } from './words.ts';

/**
 * Whether some object that `object` stands for matches `pattern`. A `*` in the pattern matches any text. ANY_NAME in
 * the object stands for any text without `/`, even for a `*`. The cost is the product of the two lengths.
 */
export function canMatch(pattern: string, object: string): boolean {
  const [left, right] = [foldCase(pattern), foldCase(object)];
  // reachable[j]: whether the part of the pattern read so far can match the first j characters of the object.
  let reachable = closed(
    Array.from({ length: right.length + 1 }, (_, j) => j === 0),
    right,
  );
  for (const character of left) reachable = closed(afterCharacter(reachable, character, right), right);
  return reachable[right.length] ?? false;
}

function afterCharacter(before: readonly boolean[], character: string, object: string): boolean[] {
  if (character === '*') {
    const first = before.indexOf(true);
    return before.map((_, j) => first !== -1 && j >= first);
  }
  return before.map((_, j) => {
    const stays = before[j] === true && object[j] === ANY_NAME && character !== '/';
    const moves = j > 0 && before[j - 1] === true && object[j - 1] === character;
    return stays || moves;
  });
}

/** ANY_NAME may also stand for nothing, or end here. */
function closed(reachable: boolean[], object: string): boolean[] {
  for (let j = 0; j < object.length; j++) if (reachable[j] === true && object[j] === ANY_NAME) reachable[j + 1] = true;
  return reachable;
}
