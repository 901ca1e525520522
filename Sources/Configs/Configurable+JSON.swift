import GraphExec
import Text

extension Configurable {
  /// Its name and its options, as a config writes them.
  var json: JSONObject { JSONObject([("name", .string(Self.name))] + optionMembers) }

  /// Its options alone, in the order of their descriptions.
  var optionMembers: [(String, JSONValue?)] {
    Self.options.map { ($0.name, optionValues.values[$0.name]?.json) }
  }
}

extension OptionValue {
  /// As a config writes it.
  package var json: JSONValue {
    switch self {
    case .integer(let value): JSONValue(value)
    case .number(let value): JSONValue(value)
    case .flag(let value): .bool(value)
    case .integers(let values): .array(values.map { JSONValue($0) })
    }
  }
}
