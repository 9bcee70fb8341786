/**
 * What the pure floors may take for granted beyond ECMAScript: UTF-8, and nothing else. Seen only by their own tsconfigs;
 * the whole project's has the browser's library instead.
 */
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label: 'utf-8', options: { readonly fatal: boolean; readonly ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}
