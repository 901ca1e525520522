import Files

/// The names of classes in a file beside the data, a line each, in the order of their numbers.
enum ClassList {
  /// `classes.txt` is what `whittle data convert` writes; the others come with CIFAR's archives.
  static let name = "classes.txt"
  private static let names = [name, "batches.meta.txt", "fine_label_names.txt"]

  /// The names that a folder's file says; nil where it has none.
  ///
  /// - Throws: `DatasetError` for an empty name, or one that is there twice.
  static func read(in folder: String?) throws -> [String]? {
    guard let folder, FileSystem.leadsToFolder(folder),
      let path = names.map({ "\(folder)/\($0)" }).first(where: FileSystem.exists)
    else { return nil }
    var lines = try FileSystem.readText(path).split(separator: "\n", omittingEmptySubsequences: false).map {
      String($0.hasSuffix("\r") ? $0.dropLast() : $0)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    if let empty = lines.firstIndex(of: "") {
      throw DatasetError(path, "line \(empty + 1) is empty", remedy: "give each class a name, a line each")
    }
    if let twice = lines.first(where: { name in lines.count { $0 == name } > 1 }) {
      throw DatasetError(
        path, "the class \"\(twice)\" is there twice", remedy: "give each class a name of its own")
    }
    return lines
  }
}
