import Text

/// One thing that is wrong with a config.
package struct ConfigProblem: Equatable, Sendable {
  /// The key that is wrong; list elements with their place, as in `model.layers[0]`.
  let path: String
  let text: String
  /// Other keys that it would not be wrong without.
  let involved: [String]
  /// What to write instead, where that can be guessed.
  let form: JSONValue?

  package init(path: String, text: String, involved: [String] = [], form: JSONValue? = nil) {
    self.path = path
    self.text = text
    self.involved = involved
    self.form = form
  }

  /// The line for people, which blames what was typed on the command line where that is at fault.
  ///
  /// - Parameter source: what the line starts with otherwise, usually the file's path.
  package func line(source: String, overrides: [ConfigOverride]) -> String {
    if let override = overrides.last(where: { $0.sets(path) }) {
      let place = override.path == path ? "" : Excerpt.of(path) + ": "
      return "\(override.origin): \(place)\(text)\(advice(inShell: true))"
    }
    let cause = cause(among: overrides).map { "; \($0.path) comes from \($0.origin)" } ?? ""
    return "\(source): \(Excerpt.of(path)): \(text)\(advice(inShell: false))\(cause)"
  }

  /// Whether the command line brought it about.
  package func isOfCommandLine(_ overrides: [ConfigOverride]) -> Bool {
    overrides.contains { $0.sets(path) } || cause(among: overrides) != nil
  }

  private func cause(among overrides: [ConfigOverride]) -> ConfigOverride? {
    overrides.last { override in involved.contains { override.sets($0) } }
  }

  private func advice(inShell: Bool) -> String {
    guard let form = form?.compact, form == Excerpt.of(form) else { return "" }
    // A shell would take the quotes away.
    return "; write " + (inShell && form.contains("\"") ? "'\(form)'" : form)
  }
}

extension ConfigOverride {
  /// Whether the value at this path, or a part of it, is this override's.
  fileprivate func sets(_ other: String) -> Bool {
    other == path || other.hasPrefix(path + ".") || other.hasPrefix(path + "[") || path.hasPrefix(other + ".")
  }
}
