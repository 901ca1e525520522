import Text

/// What a reader asks of a document whose keys it need not know in advance.
extension JSONValue {
  /// The value at a dotted path of keys, such as `training.epochs`; nil where any key is missing, or the value is null.
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
    if case .number(let literal) = self { Double(literal) } else { nil }
  }

  package var integer: Int? { number.flatMap { Int(exactly: $0) } }

  /// A seed, of which every bit counts: more than a `Double` holds.
  package var seed: UInt64? {
    if case .number(let literal) = self { UInt64(literal) } else { nil }
  }

  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  package var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The value in a few words: a string as it stands, a list joined by commas, an object as its name
  /// and `key value` pairs.
  package var plainText: String {
    switch self {
    case .null: "none"
    case .bool(let value): value ? "yes" : "no"
    case .number(let literal): number.map(Format.number) ?? literal
    case .string(let value): value
    case .array(let values): values.map(\.plainText).joined(separator: ", ")
    case .object(let object):
      object.members.map { member in
        let text = member.value.plainText
        return member.key == "name" ? text : "\(member.key.replacing("_", with: " ")) \(text)"
      }.joined(separator: ", ")
    }
  }
}
