/// One `--set key.path=value`.
package struct ConfigOverride: Equatable, Sendable {
  package let keys: [String]
  package let value: JSONValue

  /// Reads `key.path=value`; what is no JSON is a bare string.
  ///
  /// - Throws: `ConfigOverrideError`.
  package init(_ text: String) throws {
    guard let equals = text.firstIndex(of: "=") else { throw ConfigOverrideError(text: text) }
    keys = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard !keys.contains("") else { throw ConfigOverrideError(text: text) }
    let literal = String(text[text.index(after: equals)...])
    value = (try? JSONParser.parse(literal)) ?? .string(literal)
  }

  /// Sets the value in a document, making the objects on the way to it; `null` removes the key.
  package func apply(to json: inout JSONValue) {
    Self.set(keys[...], to: value, in: &json)
  }

  private static func set(_ keys: ArraySlice<String>, to value: JSONValue, in json: inout JSONValue) {
    guard let key = keys.first else {
      json = value
      return
    }
    var object = JSONObject()
    if case .object(let members) = json {
      object = members
    } else if case .string = json {
      // `initializer: "normal"` is short for `initializer: { "name": "normal" }`.
      object["name"] = json
    }
    var member = object[key] ?? .null
    set(keys.dropFirst(), to: value, in: &member)
    object[key] = member == .null ? nil : member
    json = .object(object)
  }
}
