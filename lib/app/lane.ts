/** Runs tasks one after another. A task that throws rejects for its caller and leaves the lane running. */
export interface Lane {
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** `before` runs before each task. Must not throw. */
export function createLane(before: () => Promise<void> = () => Promise.resolve()): Lane {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const result = tail.then(before).then(task);
      tail = result.catch(() => undefined);
      return result;
    },
  };
}
