import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.security.HadoopKerberosName;

/** For each line "FILE PRINCIPAL": which short name does Hadoop make of it? */
public final class AuthToLocal {
  public static void main(String[] arguments) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ");
      System.out.println(answer(words[0], words[1]));
    }
  }

  private static String answer(String file, String principal) throws Exception {
    Configuration settings = new Configuration(false);
    settings.addResource(Path.of(file).toUri().toURL());
    settings.set("hadoop.security.authentication", "kerberos");
    try {
      HadoopKerberosName.setConfiguration(settings);
    } catch (IllegalArgumentException error) {
      return "does not start";
    }
    try {
      return "name " + new HadoopKerberosName(principal).getShortName().replace("\n", "|");
    } catch (IOException error) {
      return error.getMessage().startsWith("Non-simple") ? "not-simple" : "no-rule";
    }
  }
}
