import Text

/// A value that the command line gives to a key of the config: by `--set key.path=value`, or by an option of its own.
package struct ConfigOverride: Equatable, Sendable {
  package let keys: [String]
  package let value: JSONValue
  /// What was typed, for messages: `--set training.epochs=3`, or `--epochs 3`.
  package let origin: String

  /// The keys as messages and the decoder write them.
  package var path: String { keys.joined(separator: ".") }

  /// Reads the `key.path=value` of `--set`; what is not JSON is a bare string.
  ///
  /// - Throws: `ConfigOverrideError`.
  package init(_ text: String) throws {
    origin = "--set " + Excerpt.of(text)
    guard let equals = text.firstIndex(of: "=") else { throw ConfigOverrideError(notAnAssignment: origin) }
    keys = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard !keys.contains("") else { throw ConfigOverrideError(notAnAssignment: origin) }
    let literal = String(text[text.index(after: equals)...])
    value = (try? JSONParser.parse(literal)) ?? .string(literal)
  }

  /// What an option of its own says.
  package init(_ path: String, _ value: JSONValue, option: String) {
    keys = path.split(separator: ".").map(String.init)
    self.value = value
    origin = Excerpt.of(option)
  }

  /// Keys that say the same thing in different ways: one on the command line takes the place of the file's others.
  private static let replacedBy = [
    "model.network": ["model.layers", "model.output_relu"], "model.layers": ["model.network"],
  ]

  /// Sets the values in a document, making the objects on the way to them; `null` removes a key.
  ///
  /// - Throws: `ConfigOverrideError` where one takes back what another says, or leads through a value without keys.
  package static func apply(_ overrides: [ConfigOverride], to json: inout JSONValue) throws {
    for override in overrides where override.value != .null {
      for path in replacedBy[override.path] ?? [] where !overrides.contains(where: { $0.path == path }) {
        let removal = ConfigOverride(path, .null, option: override.origin)
        try removal.set(removal.keys[...], in: &json)
      }
    }
    for (index, later) in overrides.enumerated() {
      for earlier in overrides[..<index] where earlier.contradicts(later) {
        throw ConfigOverrideError(earlier, later)
      }
      try later.set(later.keys[...], in: &json)
    }
  }

  private func set(_ rest: ArraySlice<String>, in json: inout JSONValue) throws {
    guard let key = rest.first else {
      json = value
      return
    }
    var object: JSONObject
    switch json {
    case .object(let members): object = members
    case .string where isShortForObject(rest.startIndex): object = JSONObject([("name", json)])
    default:
      throw ConfigOverrideError(
        self, blockedBy: json, at: keys[..<rest.startIndex].joined(separator: "."))
    }
    var member = object[key] ?? .object(JSONObject())
    try set(rest.dropFirst(), in: &member)
    object[key] = member == .null ? nil : member
    json = .object(object)
  }

  /// `initializer: "normal"` is short for `initializer: { "name": "normal" }`.
  private func isShortForObject(_ depth: Int) -> Bool { keys[..<depth] == ["model", "initializer"] }
}

// MARK: - Contradictions

extension ConfigOverride {
  /// Whether this one and another that comes after it cannot both be followed.
  private func contradicts(_ later: ConfigOverride) -> Bool {
    let shared = min(keys.count, later.keys.count)
    guard keys[..<shared] == later.keys[..<shared] else { return false }
    if later.keys.count <= keys.count { return later.member(keys[shared...]) != .some(value) }
    // A value that has no such key yet takes it up, as long as it can have keys at all.
    switch value {
    case .null: return false
    case .string where isShortForObject(keys.count): return later.keys[shared...] == ["name"]
    case .object: return member(later.keys[shared...]).map { $0 != later.value } ?? false
    default: return true
    }
  }

  /// What the value holds at a path; nil where it holds nothing.
  private func member(_ path: ArraySlice<String>) -> JSONValue? {
    path.reduce(.some(value)) { found, key in
      if case .object(let object)? = found { object[key] } else { nil }
    }
  }
}

/// Values on the command line that cannot be used: what was typed, why, and what to type.
package struct ConfigOverrideError: Error, CustomStringConvertible {
  package let description: String

  init(notAnAssignment origin: String) {
    description = "\(origin): expected key.path=value, for example --set training.epochs=3"
  }

  init(_ earlier: ConfigOverride, _ later: ConfigOverride) {
    let path = earlier.keys.count > later.keys.count ? earlier.path : later.path
    description =
      "\(later.origin) and \(earlier.origin): both say what \(Excerpt.of(path)) is, and not the same; give one of them"
  }

  init(_ override: ConfigOverride, blockedBy value: JSONValue, at path: String) {
    description =
      "\(override.origin): \(Excerpt.of(path)) is \(value.excerpt) in the config, which has no keys; make it an object"
  }
}
