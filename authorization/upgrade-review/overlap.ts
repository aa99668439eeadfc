/** Whether a pattern of a policy can match an object of a word, whatever its name. Pure; the comparison calls it. */
import { foldCase } from '../engine/pattern.ts';
import { ANY_NAME } from './words.ts';

/**
 * `*` in `pattern` matches any text; ANY_NAME in `object` stands for any text without `/`, also one that is a star itself.
 * Takes (pattern × object) steps.
 */
export function canMatch(pattern: string, object: string): boolean {
  const [left, right] = [foldCase(pattern), foldCase(object)];
  // reachable[j]: whether what of the pattern was read so far fits the first j characters of the object.
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

/** A name may also end here. */
function closed(reachable: boolean[], object: string): boolean[] {
  for (let j = 0; j < object.length; j++) if (reachable[j] === true && object[j] === ANY_NAME) reachable[j + 1] = true;
  return reachable;
}
