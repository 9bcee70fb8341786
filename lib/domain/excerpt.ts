/** Of a message that another one answers. */
export const REPLY_LETTERS = 120;

/** Whole letters from the beginning, at most so many. */
export function firstLetters(text: string, count: number): string {
  return [...text.slice(0, 2 * count)].slice(0, count).join('');
}
