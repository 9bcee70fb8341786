/** What doctor has to say of one thing. `what` is a cause when it is not fine; then `remedy` says what to do. */
export interface Finding {
  readonly level: 'fine' | 'warning' | 'fault';
  readonly what: string;
  readonly remedy?: string;
}

export const fine = (what: string): Finding => ({ level: 'fine', what });
export const warning = (what: string, remedy: string): Finding => ({ level: 'warning', what, remedy });
export const fault = (what: string, remedy: string): Finding => ({ level: 'fault', what, remedy });

/** On most systems. */
export const SET_CLOCK = 'timedatectl set-ntp true';
