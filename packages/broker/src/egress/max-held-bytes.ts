/** Request bodies up to this many bytes are read and looked at before anything is dialled. */
export const maxHeldBytes = 256 * 1024
