import CZlib

/// The bytes as one gzip member.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  let size = Int32(MemoryLayout<z_stream>.size)
  precondition(
    deflateInit2_(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK)
  defer { deflateEnd(&stream) }
  var input = bytes
  return [UInt8](unsafeUninitializedCapacity: bytes.count + bytes.count / 100 + 1024) { output, count in
    input.withUnsafeMutableBufferPointer {
      stream.next_in = $0.baseAddress
      stream.avail_in = UInt32($0.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
    }
    count = output.count - Int(stream.avail_out)
  }
}
