import Text

/// One key in which two configs differ.
package struct ConfigDifference: Equatable, Sendable, CustomStringConvertible {
  package let path: String
  /// The values as JSON; `nil` where the key is absent.
  package let old: String?
  package let new: String?
  /// Why it matters, where that needs to be said.
  package var reason: String?

  package var description: String {
    "\(path): \(old.map(Excerpt.of) ?? "absent") -> \(new.map(Excerpt.of) ?? "absent")"
      + (reason.map { " (\($0))" } ?? "")
  }

  /// Whether the key can change a number in the study's files: not so for texts, paths of output, and how many models
  /// train side by side.
  package var affectsResults: Bool {
    !["description", "output", "execution.concurrent_models"].contains(path)
  }
}

extension StudyConfig {
  /// The keys whose values are other than in an earlier config, defaults filled in on both sides.
  package func differences(from old: StudyConfig) -> [ConfigDifference] {
    let before = Self.leaves(of: old.json)
    let after = Self.leaves(of: json)
    let removed = before.map(\.path).filter { path in !after.contains { $0.path == path } }
    return (after.map(\.path) + removed).compactMap { path in
      let old = before.first { $0.path == path }?.value
      let new = after.first { $0.path == path }?.value
      return old == new ? nil : ConfigDifference(path: path, old: old, new: new)
    }
  }

  private static func leaves(of json: JSONValue, at path: String = "") -> [(path: String, value: String)] {
    switch json {
    case .object(let object):
      return object.members.flatMap { leaves(of: $0.value, at: path.isEmpty ? $0.key : "\(path).\($0.key)") }
    case .array(let values) where values.contains { if case .object = $0 { true } else { false } }:
      return values.enumerated().flatMap { leaves(of: $1, at: "\(path)[\($0)]") }
    default:
      return [(path, json.compact)]
    }
  }
}
