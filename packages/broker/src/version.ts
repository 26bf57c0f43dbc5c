/** Version of the broker, as the packages carry it. */
export const version = '0.1.0'
