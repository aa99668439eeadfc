/** Shares a value between the steps of one run. */
import type { StepContext } from '../provider.ts';

/**
 * Returns a function that calls `build` once per run. All steps of a run get the same context, so the context
 * identifies the run. Nothing outlives the run: the next one reads the Secret and the files again.
 */
export function oncePerRun<T>(build: (context: StepContext) => Promise<T>): (context: StepContext) => Promise<T> {
  const built = new WeakMap<StepContext, Promise<T>>();
  return (context) => {
    const known = built.get(context);
    if (known !== undefined) return known;
    const building = build(context);
    built.set(context, building);
    return building;
  };
}
