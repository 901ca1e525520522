import ArgumentParser

/// Options that are given twice. The parser would take the last value and drop the others without a word.
enum RepeatedOptions {
  /// Those that are lists, by the command where another has one of the same name.
  private static func mayRepeat(_ option: String, in command: String?) -> Bool {
    ["--set", "--mirror", "--sbatch"].contains(option) || option == "--device" && command == "bench"
  }

  /// Those without a value; to say one twice changes nothing.
  private static let flags: Set = [
    "--json", "--force", "--retry", "--no-measure", "--sequential", "--recalibrate", "--trained", "--quick",
    "--programs", "--shared", "--dry-run", "--sparse", "--skip-unreadable", "--until-failure",
  ]

  /// - Throws: `ValidationError` for an option that has two values.
  static func check(_ arguments: [String]) throws {
    var values: [String: String] = [:]
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { return }
      guard argument.hasPrefix("--"), !flags.contains(argument) else { continue }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let next = index + 1 < arguments.count ? arguments[index + 1] : ""
      let (name, value) = (String(parts[0]), parts.count == 2 ? String(parts[1]) : next)
      guard !mayRepeat(name, in: arguments.first) else { continue }
      if let earlier = values.updateValue(value, forKey: name), earlier != value {
        throw ValidationError("\(name) is given twice, with '\(earlier)' and with '\(value)'; give it once")
      }
    }
  }
}
