/** What is wrong with a message; may be told to whoever sent it. */
export type HeadFaultCode =
  | 'request_line'
  | 'status_line'
  | 'version'
  | 'target'
  | 'field_name'
  | 'field_value'
  | 'too_many_fields'
  | 'length_invalid'
  | 'length_repeated'
  | 'length_and_encoding'
  | 'encoding_unsupported'
  | 'connect_body'
  | 'expectation'
  | 'chunk_size'
  | 'chunk_extension'
  | 'chunk_end'
  | 'trailers_refused'
  | 'trailers_too_long'

/** A message that is refused. Nothing behind its first byte on the connection can be trusted to begin a message. */
export interface HeadFault {
  readonly fault: HeadFaultCode
}
