import CZlib
import Crypto
import Foundation

/// The bytes of a file from start to end, decompressed on the way if it is gzip.
///
/// What a file is shows in its first two bytes, not in its name. Neither the file nor its content is held in memory.
final class FileStream {
  private let path: String
  /// What to do about damage.
  var remedy: String
  private let descriptor: Int32
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  /// The part of `input` that has not been consumed.
  private var pending = 0..<0
  /// zlib keeps its address, so it must not move.
  private var inflater: UnsafeMutablePointer<z_stream>?
  /// True between two members of a gzip file, where it may end.
  private var atMemberEnd = false
  /// Of the file's own bytes as far as they have been read, where these are gzip.
  private var storedHash = SHA256()
  /// An upper bound of the bytes that can be read, known before they are.
  private(set) var mostBytes: Int

  /// Opens a file.
  ///
  /// - Throws: `DatasetError` ending with the remedy if it cannot be opened or read.
  init(path: String, remedy: String) throws {
    self.path = path
    self.remedy = remedy
    // A pipe would otherwise wait for a writer.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    var status = stat()
    let isOpen = descriptor >= 0 && fstat(descriptor, &status) == 0
    guard isOpen, status.st_mode & S_IFMT == S_IFREG else {
      let reason = isOpen ? "it is not a regular file" : String(cString: strerror(errno))
      if descriptor >= 0 { close(descriptor) }
      input.deallocate()
      throw DatasetError(path, "it cannot be opened: \(reason)", remedy: "check the file and its permissions")
    }
    mostBytes = Int(status.st_size)
    try refill()
    if pending.count >= 2, input[0] == 0x1f, input[1] == 0x8b {
      try startInflating()
      storedHash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: input[pending]))
      // Deflate makes at most 1032 bytes of one.
      let (most, overflow) = mostBytes.multipliedReportingOverflow(by: 1032)
      mostBytes = overflow ? Int.max : most
    }
  }

  deinit {
    if let inflater {
      inflateEnd(inflater)
      inflater.deallocate()
    }
    input.deallocate()
    close(descriptor)
  }

  /// The SHA-256 of the file's own bytes, once it is read to its end; nil where these are its content.
  var storedSHA256: String? { inflater == nil ? nil : storedHash.finalize().hex }

  /// Fills the buffer; the count returned is smaller only if the content ends.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    inflater == nil ? try readPlain(into: buffer) : try readInflated(into: buffer)
  }

  private func readPlain(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var done = 0
    while done < buffer.count {
      if pending.isEmpty { try refill() }
      if pending.isEmpty { break }
      let size = min(buffer.count - done, pending.count)
      UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: input[pending.prefix(size)]))
      pending.removeFirst(size)
      done += size
    }
    return done
  }

  private func readInflated(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let inflater else { return 0 }
    var done = 0
    while done < buffer.count {
      if pending.isEmpty { try refill() }
      if atMemberEnd {
        if pending.isEmpty { break }
        inflateReset(inflater)
        atMemberEnd = false
      }
      guard !pending.isEmpty else {
        throw DatasetError(path, "its gzip data is truncated", remedy: remedy)
      }
      // zlib counts in 32 bits.
      let room = min(buffer.count - done, 1 << 30)
      inflater.pointee.next_in = input.baseAddress?.advanced(by: pending.lowerBound)
        .assumingMemoryBound(to: UInt8.self)
      inflater.pointee.avail_in = UInt32(pending.count)
      inflater.pointee.next_out = buffer.baseAddress?.advanced(by: done).assumingMemoryBound(to: UInt8.self)
      inflater.pointee.avail_out = UInt32(room)
      let code = inflate(inflater, Z_NO_FLUSH)
      pending = (pending.upperBound - Int(inflater.pointee.avail_in))..<pending.upperBound
      done += room - Int(inflater.pointee.avail_out)
      switch code {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: atMemberEnd = true
      default:
        let reason = inflater.pointee.msg.map { String(cString: $0) } ?? "zlib error \(code)"
        throw DatasetError(path, "its gzip data is damaged (\(reason))", remedy: remedy)
      }
    }
    return done
  }

  private func startInflating() throws {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // 15 bits of window; 16 asks for the gzip format.
    let code = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else {
      stream.deallocate()
      throw DatasetError(path, "zlib cannot start (error \(code))", remedy: "free some memory")
    }
    inflater = stream
  }

  private func refill() throws {
    var size = -1
    repeat {
      size = Foundation.read(descriptor, input.baseAddress, input.count)
    } while size < 0 && errno == EINTR
    guard size >= 0 else {
      throw DatasetError(
        path, "it cannot be read: \(String(cString: strerror(errno)))", remedy: "check the file and its disk")
    }
    pending = 0..<size
    if inflater != nil { storedHash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: input[pending])) }
  }
}
