/** A plugin of Stryker: leaves the details of a `ProtocolError` alone. They are for a log; what callers go by is the code. */
const errorDetails = {
  shouldIgnore({ key, listKey, parent }) {
    const isDetails = listKey === 'arguments' && key === 1 && parent.type === 'NewExpression' && parent.callee.name === 'ProtocolError';
    return isDetails ? 'Details of an error are for a log.' : undefined;
  },
};

export const strykerPlugins = [{ kind: 'Ignore', name: 'error-details', value: errorDetails }];
