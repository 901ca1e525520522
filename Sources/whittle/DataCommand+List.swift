import ArgumentParser
import Datasets
import Reports

extension DataCommand {
  /// `whittle data list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the data sets, and the formats of data of your own, that a config can name.")

    func run() throws {
      var table = TextTable(["name", "image", "classes", "train", "test", "images of", "from"])
      for set in DatasetCatalog.all {
        table.append([
          set.name, "\(set.shape)", "\(set.classes)", "\(set.trainCount)", "\(set.testCount)", set.summary,
          set.origin,
        ])
      }
      var formats = TextTable(["format", "data of your own"], alignments: [.leading, .leading])
      for format in DataFormats.all { formats.append([format.name, format.summary]) }
      let width = Terminal.output.size.columns
      try Output.print(table.text(width: width) + "\n" + formats.text(width: width), terminator: "")
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
