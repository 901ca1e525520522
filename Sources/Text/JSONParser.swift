/// Where and why a text is not JSON.
package struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
  /// The line, counted from 1.
  package let line: Int
  /// The column in bytes, counted from 1.
  package let column: Int
  /// What is wrong there.
  package let message: String

  package var description: String { "line \(line), column \(column): \(message)" }
}

/// A strict JSON reader (RFC 8259) that refuses duplicate keys and reports the line and column of an error.
package struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0
  /// Deeper nesting than any of our files has, and far less than the stack holds.
  private static let maximumDepth = 64
  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  /// Reads one JSON document.
  ///
  /// - Throws: `JSONSyntaxError`.
  package static func parse(_ bytes: [UInt8]) throws -> JSONValue {
    // Some editors begin a file with a byte order mark.
    var parser = JSONParser(bytes: bytes.starts(with: byteOrderMark) ? Array(bytes.dropFirst(3)) : bytes)
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw JSONSyntaxError(line: 1, column: 1, message: "the text is not UTF-8")
    }
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    if parser.current != nil { throw parser.error("unexpected text after the end of the document") }
    return value
  }

  /// Reads one JSON document from a string.
  ///
  /// - Throws: `JSONSyntaxError`.
  package static func parse(_ text: String) throws -> JSONValue { try parse(Array(text.utf8)) }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func error(_ message: String, at place: Int? = nil) -> JSONSyntaxError {
    let before = bytes[..<min(place ?? position, bytes.count)]
    let newline = UInt8(ascii: "\n")
    let line = before.count { $0 == newline } + 1
    let lineStart = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
    return JSONSyntaxError(line: line, column: before.endIndex - lineStart + 1, message: message)
  }

  private func unexpected(expected: String) -> JSONSyntaxError {
    guard let byte = current else { return error("expected \(expected), but the text ends here") }
    if byte < 0x20 || byte >= 0x7f { return error("expected \(expected)") }
    return error("expected \(expected), got '\(Character(Unicode.Scalar(byte)))'")
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws -> JSONValue {
    guard depth < Self.maximumDepth else { throw error("nested deeper than \(Self.maximumDepth) levels") }
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte):
      return .number(try number())
    default: throw unexpected(expected: "a value")
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw unexpected(expected: "a value") }
    position += word.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws -> JSONObject {
    position += 1
    var object = JSONObject()
    var keys = Set<String>()
    skipSpace()
    if take("}") { return object }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw unexpected(expected: "a key in double quotes") }
      let start = position
      let key = try string()
      guard keys.insert(key).inserted else {
        throw error("the key \"\(Excerpt.of(key))\" stands here twice", at: start)
      }
      skipSpace()
      guard take(":") else { throw unexpected(expected: "':' after the key \"\(Excerpt.of(key))\"") }
      object.append(newKey: key, try value(depth: depth + 1))
      skipSpace()
      if take("}") { return object }
      guard take(",") else { throw unexpected(expected: "',' or '}'") }
    }
  }

  private mutating func array(depth: Int) throws -> [JSONValue] {
    position += 1
    var values: [JSONValue] = []
    skipSpace()
    if take("]") { return values }
    while true {
      values.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return values }
      guard take(",") else { throw unexpected(expected: "',' or ']'") }
    }
  }

  private mutating func digits() throws {
    let start = position
    while let byte = current, byte >= 0x30, byte <= 0x39 { position += 1 }
    if position == start { throw unexpected(expected: "a digit") }
  }

  private mutating func number() throws -> String {
    let start = position
    _ = take("-")
    if take("0") {
      if let byte = current, byte >= 0x30, byte <= 0x39 {
        throw error("a number must not start with 0", at: start)
      }
    } else {
      try digits()
    }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func string() throws -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while true {
      guard let byte = current, byte != 0x0a else { throw error("this string is not closed", at: start) }
      if byte < 0x20 { throw error("a control character in a string must be written as an escape") }
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text.append(contentsOf: String(try escape()).utf8)
      default: text.append(byte)
      }
    }
  }

  private mutating func escape() throws -> Unicode.Scalar {
    let start = position - 1
    guard let byte = current else { throw error("this escape is not complete", at: start) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw error("unknown escape", at: start)
    }
    var code = try hexadecimal(start)
    if code >= 0xd800, code < 0xdc00, take("\\"), take("u") {
      let low = try hexadecimal(start)
      guard low >= 0xdc00, low < 0xe000 else { throw error("half of a surrogate pair", at: start) }
      code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair", at: start) }
    return scalar
  }

  private mutating func hexadecimal(_ start: Int) throws -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("\\u needs four hexadecimal digits", at: start)
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
