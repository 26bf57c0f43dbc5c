/**
 * Variables by which git speaks HTTP/1.1. libcurl 7.88.1, which git of Debian 12 uses, sends a part of an upload over HTTP/2 twice, or
 * waits for ever, when its socket is full, whoever the server is (brought in by curl's pull request 10529).
 */
export const gitVariables: Readonly<Record<string, string>> = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'http.version',
  GIT_CONFIG_VALUE_0: 'HTTP/1.1',
}
