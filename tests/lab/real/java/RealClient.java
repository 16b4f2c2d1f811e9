import java.net.URI;
import java.security.PrivilegedExceptionAction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.security.Credentials;
import org.apache.hadoop.security.UserGroupInformation;

/**
 * Does one thing as a client of HDFS, with the files on its class path. Prints "works", or the message of each exception, outermost first.
 *
 * <p>Words: "list" lists the root; "list as NAME" does it for another user; "tokens" gets the tokens that a job needs.
 * Properties: lab.principal and lab.keytab, with Kerberos.
 */
public class RealClient {
  public static void main(String[] words) throws Exception {
    Configuration conf = new HdfsConfiguration();
    conf.setInt("ipc.client.connect.max.retries", 0);
    conf.setInt("dfs.client.failover.max.attempts", 1);
    conf.setInt("dfs.client.failover.sleep.base.millis", 1);
    conf.setInt("hadoop.security.kms.client.failover.max.retries", 0);
    conf.setInt("hadoop.security.kms.client.timeout", 5);
    UserGroupInformation.setConfiguration(conf);
    if (System.getProperty("lab.principal") != null) {
      UserGroupInformation.loginUserFromKeytab(System.getProperty("lab.principal"), System.getProperty("lab.keytab"));
    }
    UserGroupInformation user = UserGroupInformation.getLoginUser();
    if (words.length > 2) {
      user = UserGroupInformation.createProxyUser(words[2], user);
    }
    System.out.println(user.doAs((PrivilegedExceptionAction<String>) () -> answer(words[0], conf)));
    System.exit(0);
  }

  static String answer(String step, Configuration conf) {
    try {
      run(step, conf);
      return "works";
    } catch (Throwable failure) {
      StringBuilder text = new StringBuilder();
      for (Throwable next = failure; next != null; next = next.getCause()) {
        text.append(text.length() == 0 ? "" : " | ").append(next.getClass().getName()).append(": ").append(next.getMessage());
      }
      return text.toString();
    }
  }

  static void run(String step, Configuration conf) throws Exception {
    URI place = FileSystem.getDefaultUri(conf);
    switch (step) {
      case "list":
        FileSystem.newInstance(place, conf).listStatus(new Path("/"));
        return;
      case "tokens":
        FileSystem.newInstance(place, conf).addDelegationTokens("yarn", new Credentials());
        return;
      default:
        throw new IllegalArgumentException(step);
    }
  }
}
