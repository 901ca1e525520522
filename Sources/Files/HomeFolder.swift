import Glibc

/// What `~` at the start of a path means, wherever a path is written: a shell replaces it in `--output ~/study`, but
/// neither in `--output=~/study` nor in a config.
package enum HomeFolder {
  /// The path with the person's home folder (`$HOME`) for `~`, and another's for `~name`.
  ///
  /// A path without `~` stays as it is, and so does one that names nobody.
  package static func expand(_ path: String) -> String {
    guard path.hasPrefix("~") else { return path }
    let name = path.dropFirst().prefix { $0 != "/" }
    guard let home = name.isEmpty ? own : folder(of: getpwnam(String(name))) else { return path }
    return home + path.dropFirst(1 + name.count)
  }

  private static var own: String? {
    if let home = getenv("HOME"), home.pointee != 0 { return String(cString: home) }
    return folder(of: getpwuid(getuid()))
  }

  private static func folder(of entry: UnsafeMutablePointer<passwd>?) -> String? {
    entry.map { String(cString: $0.pointee.pw_dir) }
  }
}
