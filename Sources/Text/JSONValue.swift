/// A JSON document: numbers keep their literal and objects the order of their keys.
///
/// Foundation's parsers lose what a good error message needs (the exact position, the number as written, a key that
/// stands twice) and what reproducible files need (the order of the keys).
package enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// The number's literal, as JSON writes it.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// A number: whole values are written without a fraction, others in their shortest exact form; what JSON cannot
  /// say (NaN, infinity) becomes `null`.
  package init(_ value: Double) {
    self = value.isFinite ? .number(DecimalText.shortest(value)) : .null
  }

  /// A whole number.
  package init(_ value: some BinaryInteger) {
    self = .number(String(value))
  }

  /// What people call this kind of value.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// The members of a JSON object, in the order in which they are written.
package struct JSONObject: Equatable, Sendable {
  /// One key and its value.
  package struct Member: Equatable, Sendable {
    package var key: String
    package var value: JSONValue
  }

  package private(set) var members: [Member] = []

  package init() {}

  /// An object with these members; a `nil` value leaves the key out.
  package init(_ members: [(String, JSONValue?)]) {
    for (key, value) in members { self[key] = value }
  }

  /// The value of a key; setting an absent key appends it, setting `nil` removes it.
  package subscript(key: String) -> JSONValue? {
    get { members.first { $0.key == key }?.value }
    set {
      let index = members.firstIndex { $0.key == key }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(key: key, value: value))
      case (nil, nil): break
      }
    }
  }

  /// Appends a member whose key the caller knows to be new; the parser's way past the search of the subscript.
  mutating func append(newKey key: String, _ value: JSONValue) {
    members.append(Member(key: key, value: value))
  }
}
