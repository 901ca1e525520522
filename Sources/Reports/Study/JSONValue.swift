/// Any JSON value, for files whose keys a reader need not know in advance.
package enum JSONValue: Decodable, Sendable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  package init(from decoder: Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// The value at a dotted path of keys, such as `training.epochs`; nil where any key is missing.
  package subscript(path: String) -> JSONValue? {
    var value = self
    for key in path.split(separator: ".") {
      guard case .object(let members) = value, let next = members[String(key)] else { return nil }
      value = next
    }
    return value == .null ? nil : value
  }

  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  package var number: Double? {
    if case .number(let value) = self { value } else { nil }
  }

  package var integer: Int? { number.flatMap { Int(exactly: $0) } }

  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  package var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  package var object: [String: JSONValue]? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The value in a few words: a string as it stands, a list joined by commas, an object as its name
  /// and `key value` pairs.
  package var plainText: String {
    switch self {
    case .null: "none"
    case .bool(let value): value ? "yes" : "no"
    case .number(let value): Format.number(value)
    case .string(let value): value
    case .array(let values): values.map(\.plainText).joined(separator: ", ")
    case .object(let members):
      (([members["name"]?.string].compactMap { $0 })
        + members.sorted { $0.key < $1.key }.filter { $0.key != "name" || $0.value.string == nil }
        .map { "\($0.key.replacing("_", with: " ")) \($0.value.plainText)" }).joined(separator: ", ")
    }
  }
}
