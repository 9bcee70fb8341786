/** Right and wrong spellings of what people and other programs write. */
export const BASES = [
  ...[
    'wss://relay.example/can',
    'ws://localhost:8080',
    'ws://127.255.0.1',
    'ws://[::1]:9',
    'ws://10.0.0.1',
    'ws://172.31.0.1/x',
    'ws://172.32.0.1',
  ],
  ...['ws://192.168.1.1', 'ws://192.169.1.1', 'ws://169.254.9.9', 'ws://[fd00::1]', 'ws://[fe80::1]', 'ws://[2001:db8::1]'],
  ...['WSS://Relay.Example:443/Path//to/', 'http://localhost:80', 'https://relay.example:08443', 'wss://relay.example:0'],
  ...['wss://relay.example:65536', 'wss://relay.example/.', 'wss://relay.example/a/../b', 'wss://relay..example', 'wss://'],
  ...['wss://relay.example?a', 'wss://relay.example#a', 'wss://a@relay.example', 'wss://rel_ay.example', 'wss://\u212aelvin.example'],
  ...['wss://relay.example/ü', '', 'relay.example', 'ws://010.0.0.1', 'ws://10.0.0.1.', 'wss://[::1', `wss://${'a'.repeat(114)}`],
  ...[`wss://${'a'.repeat(115)}`],
];
export const NUMBERS = [
  ...[
    '123-456-789-012-345',
    ' 123456789012345\n',
    '١٢٣-٤٥٦-٧٨٩-٠١٢-٣٤٥',
    '１２３４５６７８９０１２３４５',
    '123\u2011456\u2212789\u00b7012\u2024345',
  ],
  ...['123\u200b456\u00a0789\ufeff012\u3000345', '123.456.789.012.345', '123456789012', '1234567890123456', '', '-'],
  ...['12345678901234a', '123,456,789,012,345', '123_456_789_012_345', '½23456789012345', '+23456789012345', '123\u0085456789012345'],
  ...['123\u001c456789012345', '123\u0301456789012345', '\u{1d7ce}23456789012345', '123\u2022456789012345'],
];

/** What is made of a link on its way, or by somebody who types. */
export function linkTexts(link: string): readonly string[] {
  const [front = '', fragment = ''] = link.split('#');
  const cuts = [0, 1, 3, 4, 5, 60, 117, 118].map((size) => `${front}#${fragment.slice(0, size)}`);
  const versions = ['AQ', 'Ag', 'BA', 'gA'].map((version) => `${front}#${version}${fragment.slice(2)}`);
  return [
    ...[link, ` <<${link}>>\n`, `${link.slice(0, 50)}\r\n\t${link.slice(50)}`, link.replace('/i#', '/i/#'), link.replace('/i#', '/I#')],
    ...[link.replace('https', 'HTTPS'), link.replace('relay', 'RELAY'), link.replace('.example/', '.example:443/'), `${link}#x`],
    ...[link.replace('/can', ''), link.replace('/can', '/cant'), link.replace('https', 'http'), link.replace('https', 'wss'), `x${link}`],
    ...[link.replace('/i#', '/j#'), link.replace('/i#', '/i?#'), link.replace('#', ''), `${link}A`, `${link}=`, `${link.slice(0, -1)}!`],
    ...[...'ABCDEFGH'].map((last) => `${link.slice(0, -1)}${last}`),
    ...cuts,
    ...versions,
    ...['', '#', 'hello', `${front}#`, fragment],
  ];
}
