/** Whether a text is one picture, as a reader would count: flags, families and keycaps are each one, of several code points. */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[\d#*]\ufe0f?\u20e3/u;

/** Any that is, or will be: which pictures there are changes from year to year. */
export function isEmoji(text: string): boolean {
  const [first, ...others] = graphemes.segment(text);
  return first !== undefined && others.length === 0 && PICTURE.test(text);
}
