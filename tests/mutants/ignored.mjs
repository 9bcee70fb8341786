/** Plugins of Stryker: what is not worth a mutant. */

/** The details of a `ProtocolError` are for a log; what callers go by is the code. */
function isErrorDetails({ key, listKey, parent }) {
  return listKey === 'arguments' && key === 1 && parent.type === 'NewExpression' && parent.callee.name === 'ProtocolError';
}

/** `default: kind satisfies never`: no value of its type comes there. */
function isNeverReached({ node }) {
  if (node.type !== 'SwitchCase' || node.test !== null) return false;
  const [{ expression, argument }] = node.consequent;
  return (expression ?? argument)?.typeAnnotation?.type === 'TSNeverKeyword';
}

const ignorers = {
  'error-details': (path) => (isErrorDetails(path) ? 'Details of an error are for a log.' : undefined),
  'never-reached': (path) => (isNeverReached(path) ? 'No value of its type comes here.' : undefined),
};

export const strykerPlugins = Object.entries(ignorers).map(([name, shouldIgnore]) => ({ kind: 'Ignore', name, value: { shouldIgnore } }));
