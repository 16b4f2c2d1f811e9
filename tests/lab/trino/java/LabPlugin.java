import io.trino.spi.Plugin;
import io.trino.spi.security.AccessDeniedException;
import io.trino.spi.security.BasicPrincipal;
import io.trino.spi.security.PasswordAuthenticator;
import io.trino.spi.security.PasswordAuthenticatorFactory;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** Knows one password. The server loads it while it starts: it prints "starting" then, and waits for a byte of standard input. */
public class LabPlugin implements Plugin {
  @Override
  public Iterable<PasswordAuthenticatorFactory> getPasswordAuthenticatorFactories() {
    new PrintStream(new FileOutputStream(FileDescriptor.out), true).println("starting");
    try {
      System.in.read();
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
    return List.of(new Passwords());
  }

  static class Passwords implements PasswordAuthenticatorFactory {
    @Override
    public String getName() {
      return "lab";
    }

    @Override
    public PasswordAuthenticator create(Map<String, String> settings) {
      return (user, password) -> {
        if (!password.equals("right")) {
          throw new AccessDeniedException("wrong password");
        }
        return new BasicPrincipal(user);
      };
    }
  }
}
