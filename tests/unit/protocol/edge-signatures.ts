/**
 * Ed25519 signatures on which implementations disagree: points of mixed and of small order, S and points in other encodings. Made once by the
 * Python reader's curve arithmetic, of one secret, over the text `edges`. What is decided on each is the protocol's to say.
 */
const [A, R] = [
  '40fea0de1dd8e2bbe74255d32cc7395c16a69c0de2491d39eb3fc2d0f5a08935',
  'b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b23',
];
const UNDER_SMALL = `${R}e878dca548664051e5e695d8c157b538a506f9a3dd9f0e9cfed7f4de62238207`;

export const EDGE_MESSAGE = 'edges';

export const EDGE_SIGNATURES: readonly { readonly what: string; readonly public: string; readonly signature: string }[] = [
  { what: 'plain', public: A, signature: `${R}2646c35e0a3393bbac5591b115bedfbd543d791fe604f06cad71eb088599aa01` },
  {
    what: 'R of mixed order',
    public: A,
    signature:
      '186ed2bdbd1a36f6437c5168b0221914018ea4f32a1c3fcd1c1794d64fbd596e888e5e6577d4c2dadf31aee5017ca70c8cb0ffa86e5f82044051df58a0164e0c',
  },
  {
    what: 'A of mixed order',
    public: '9205b7d05eac46c04c71bb1d3d532aa061be2735a2f8fa1801e8c27245b21c98',
    signature: `${R}098e21206d0c943cf34492a153e3c4f75e522dbcfc92fe8aa7d5bdc07e2b250e`,
  },
  { what: 'S not below the order', public: A, signature: `${R}131ab9bb2496a51383f28854f4b7bed2543d791fe604f06cad71eb088599aa11` },
  { what: 'R neutral', public: A, signature: `01${'00'.repeat(31)}98a79a2e5092ad534221467b4492428924f481f7f654c120cd3a188f7914410c` },
  {
    what: 'R neutral, y not below p',
    public: A,
    signature: `ee${'ff'.repeat(30)}7fb234e1426bbe39efb54f0b395c29a3f1e11631402c12bccaf8ae791c336c8a09`,
  },
  {
    what: 'R neutral, minus zero',
    public: A,
    signature: `01${'00'.repeat(30)}808aaeb688c94db5af09ed45d133e136bc20cd8a53d87f099a0508bd20efa6ad06`,
  },
  { what: 'A neutral', public: `01${'00'.repeat(31)}`, signature: UNDER_SMALL },
  { what: 'A of order 8', public: 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', signature: UNDER_SMALL },
];
