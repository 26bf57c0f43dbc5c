/** Version of the command, as its package carries it. */
export const version = '0.1.0'
