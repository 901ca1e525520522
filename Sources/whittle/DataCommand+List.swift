import ArgumentParser
import Datasets
import Reports

extension DataCommand {
  /// `whittle data list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the data sets that a config can name.")

    func run() throws {
      var table = TextTable(["name", "image", "classes", "train", "test", "images of", "from"])
      for set in DatasetCatalog.all {
        table.append([
          set.name, "\(set.shape)", "\(set.classes)", "\(set.trainCount)", "\(set.testCount)", set.summary,
          set.origin,
        ])
      }
      try Output.print(table.text(width: Terminal.output.size.columns), terminator: "")
    }
  }
}

extension KnownDataset {
  /// How its images are had.
  fileprivate var origin: String {
    if !needsDirectory { return "built in" }
    return published == nil ? page ?? "" : "whittle data download \(name)"
  }
}
