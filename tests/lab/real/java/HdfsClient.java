import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.HdfsConfiguration;

/**
 * A client of HDFS that gives up soon. The files of the client are on the class path. Each argument is a step: "list", "write PATH" or "read PATH". Prints
 * a line for each: "STEP ok", or "STEP failed:" and why.
 */
public class HdfsClient {
  static final String TEXT = "one block";

  interface Step {
    void run() throws Exception;
  }

  public static void main(String[] args) throws Exception {
    Configuration conf = new HdfsConfiguration();
    conf.set("dfs.client.socket-timeout", "1500");
    conf.set("dfs.client.max.block.acquire.failures", "0");
    conf.set("dfs.client.block.write.retries", "0");
    FileSystem files = FileSystem.get(conf);
    for (String argument : args) {
      String[] words = argument.split(" ");
      Step step =
          words[0].equals("list")
              ? () -> files.listStatus(new Path("/"))
              : words[0].equals("write") ? () -> write(files, new Path(words[1])) : () -> read(files, new Path(words[1]));
      try {
        step.run();
        System.out.println(words[0] + " ok");
      } catch (Exception failure) {
        System.out.println(words[0] + " failed: " + failure.toString().replace('\n', ' '));
      }
    }
    Runtime.getRuntime().halt(0);
  }

  static void write(FileSystem files, Path path) throws Exception {
    try (FSDataOutputStream out = files.create(path, true)) {
      out.write(TEXT.getBytes(StandardCharsets.UTF_8));
    }
  }

  static void read(FileSystem files, Path path) throws Exception {
    byte[] read = new byte[TEXT.length()];
    try (FSDataInputStream in = files.open(path)) {
      in.readFully(read);
    }
    if (!TEXT.equals(new String(read, StandardCharsets.UTF_8))) {
      throw new IllegalStateException("other bytes than were written");
    }
  }
}
