/** How large the pieces of a backup are: what a page needs to cut a file into them. */
export const BACKUP_HEADER_BYTES = 72;
export const BACKUP_BLOCK_BYTES = 2 ** 16;
