import Foundation

/// A file of a data set, among the names and places under which people have it.
enum DataFile {
  /// A regular file with something in it.
  case usable(String)
  /// Something that bears the name and cannot be the file, and why.
  case unusable(path: String, problem: String)
  case missing

  /// Looks for a file: the first usable one counts. It may be compressed, have a dot for its second hyphen, and lie in a
  /// folder of such a name, as in some copies, or in one of the given names.
  init(_ name: String, in directory: String, subfolders: [String]) {
    let dotted = name.replacingOccurrences(of: "-idx", with: ".idx")
    let names = dotted == name ? [name, name + ".gz"] : [name, name + ".gz", dotted, dotted + ".gz"]
    let folders = [directory] + subfolders.map { directory + "/" + $0 }
    let paths = folders.flatMap { folder in
      names.map { URL(fileURLWithPath: folder).appendingPathComponent($0).path }
    }
    let found = (paths + paths.flatMap { folder in names.map { folder + "/" + $0 } }).map(Self.at)
    let usable = found.first { if case .usable = $0 { true } else { false } }
    let unusable = found.first { if case .unusable = $0 { true } else { false } }
    self = usable ?? unusable ?? .missing
  }

  private static func at(_ path: String) -> DataFile {
    var status = stat()
    guard stat(path, &status) == 0 else { return .missing }
    switch status.st_mode & S_IFMT {
    case S_IFREG where status.st_size > 0: return .usable(path)
    case S_IFREG: return .unusable(path: path, problem: "it is empty")
    case S_IFDIR: return .unusable(path: path, problem: "it is a folder without such a file in it")
    default: return .unusable(path: path, problem: "it is a pipe or a device, not a file")
    }
  }
}
