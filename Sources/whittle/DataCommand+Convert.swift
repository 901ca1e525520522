import ArgumentParser
import Datasets
import Files

extension DataCommand {
  /// `whittle data convert`.
  struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write data of your own as NumPy arrays.",
      discussion: """
        Reads a folder of class folders of PNG and JPEG images, NumPy arrays, a table, IDX files or CIFAR's binary format, and
        writes train_images.npy and train_labels.npy, the same of test, and the classes' names in classes.txt. A study reads
        the folder as the data set 'numpy'. Examples:

          whittle data convert photos --shape 3x32x32 --output photos-numpy
          whittle data convert iris.csv --label species --test-fraction 0.2 --output iris
        """)

    @Argument(help: ArgumentHelp("The folder or file.", valueName: "path"), transform: HomeFolder.expand)
    var path: String

    @Option(
      help: ArgumentHelp("The folder to write to; it is made if need be.", valueName: "folder"),
      transform: HomeFolder.expand)
    var output: String

    @Option(
      help: ArgumentHelp(
        "The share of each class to hold out as a test set, where there is none.", valueName: "share"))
    var testFraction: FiniteNumber?

    @Option(help: ArgumentHelp("What that share is drawn from.", valueName: "seed"))
    var splitSeed: UInt64 = 1

    @OptionGroup var options: OwnDataOptions

    func validate() throws {
      if let testFraction, !(testFraction.value > 0 && testFraction.value < 1) {
        throw ValidationError("--test-fraction \(testFraction.text): give a share above 0 and below 1")
      }
    }

    func run() throws {
      var data = try options.data(at: path)
      data.testFraction = testFraction?.value
      data.splitSeed = splitSeed
      let reading = ReadingDisplay()
      let (files, warnings) = try data.convert(to: output) { reading.report($0, of: $1) }
      reading.close()
      warnings.forEach(ErrorStream.warn)
      for file in files { try Output.print("Wrote \(file)") }
    }
  }
}
