/** The app floor's one error class: what a use case could not do. */
import type { ViewErrorCode } from './view';

export class AppError extends Error {
  readonly code: ViewErrorCode;

  constructor(code: ViewErrorCode) {
    super(code);
    this.name = 'AppError';
    this.code = code;
  }
}
